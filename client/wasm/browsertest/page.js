// Starts the worker. What goes wrong outside of the tests is told as output; a
// worker that never came to run them cannot tell its exit code itself.
const worker = new Worker("worker.js");
let runs = false;
worker.onmessage = () => (runs = true);
worker.onerror = async (event) => {
  await fetch("output", { method: "POST", body: `worker: ${event.message}\n` });
  if (!runs) await fetch("exit", { method: "POST", body: "1" });
};
