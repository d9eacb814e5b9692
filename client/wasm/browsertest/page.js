// Starts the worker. What goes wrong before the tests run is told as output.
const worker = new Worker("worker.js");
worker.onerror = async (event) => {
  await fetch("output", { method: "POST", body: `worker: ${event.message}\n` });
  await fetch("exit", { method: "POST", body: "1" });
};
