// Runs the test program and sends what it prints, in order, then its exit code.
importScripts("wasm_exec.js");
const decoder = new TextDecoder();
let sent = Promise.resolve();
const send = (path, body) => (sent = sent.then(() => fetch(path, { method: "POST", body })));
globalThis.fs.writeSync = (_fd, octets) => {
  void send("output", decoder.decode(octets, { stream: true }));
  return octets.length;
};
(async () => {
  const go = new Go();
  let code = 0;
  go.exit = (n) => (code = n);
  go.argv = await (await fetch("arguments")).json();
  const { instance } = await WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject);
  postMessage("running");
  await go.run(instance);
  await send("exit", String(code));
})().catch(async (error) => {
  await send("output", `${error}\n`);
  await send("exit", "1");
});
