import { expect, test } from "vitest";
import { ownScript } from "./trusted";

const base = "https://cenacle.example/w/w_1";

test("W1: only scripts of this server are started", () => {
  expect(ownScript("/assets/worker-AbC_1-2.js", base)).toBe("https://cenacle.example/assets/worker-AbC_1-2.js");
  expect(ownScript("/sw.js", base)).toBe("https://cenacle.example/sw.js");
  for (const bad of ["https://evil.example/assets/x.js", "//evil.example/x.js", "data:text/javascript,1", "blob:https://cenacle.example/1", "javascript:1", "/v1/blobs/x.js", "/assets/../v1/x.js", "/assets/x.js?y", "/assets/x.svg", "http://cenacle.example/sw.js"]) {
    expect(() => ownScript(bad, base), bad).toThrow(TypeError);
  }
});
