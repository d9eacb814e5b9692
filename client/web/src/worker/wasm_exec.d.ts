// Go's own glue, copied here from the Go distribution by scripts/wasm.sh.
declare global {
  class Go {
    readonly importObject: WebAssembly.Imports;
    run(instance: WebAssembly.Instance): Promise<void>;
  }
}
export {};
