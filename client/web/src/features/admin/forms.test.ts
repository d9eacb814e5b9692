import { describe, expect, test } from "vitest";
import type { AdminServer } from "../../api/generated";
import { BrandingForm } from "./branding.svelte";
import { maxLogo, pick } from "./logo";
import { PolicyForm } from "./policy.svelte";

const none = { registration: null, workspaceQuota: 0, accountQuota: 0, workspaces: 0 };
const empty = { name: "", accent: "", accentDark: "", welcome: { en: "", fr: "" }, legal: { en: "", fr: "" }, logo: "" };
const server = (more: Partial<AdminServer>): AdminServer => ({ revision: 3, settings: none, inForce: none, branding: empty, accounts: 1, ...more });
const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1])]);
const square = () => Promise.resolve({ width: 64, height: 64 });

describe("registration and quotas", () => {
  test("what was not touched is kept as it is", () => {
    const settings = { registration: "invite" as const, workspaceQuota: 10_737_418_240, accountQuota: -1, workspaces: 7 };
    const form = new PolicyForm();
    form.fill(server({ settings }));
    expect(form.changed).toBe(false);
    expect(form.submit()).toEqual(settings);
  });

  test("a number that cannot be read is pointed out, and nothing is saved", () => {
    const form = new PolicyForm();
    form.fill(server({}));
    form.workspaceQuota = { mode: "limit", amount: "ten", unit: "GB" };
    expect(form.wrong(form.workspaceQuota), "not while somebody writes").toBe(false);
    expect(form.submit()).toBeNull();
    expect(form.wrong(form.workspaceQuota)).toBe(true);
    form.workspaceQuota.amount = "2,5";
    expect(form.submit()).toEqual({ ...none, workspaceQuota: 2_500_000_000 });
  });
});

describe("branding", () => {
  function made() {
    const freed: string[] = [];
    let urls = 0;
    const form = new BrandingForm({
      measure: square,
      show: () => {
        const url = `blob:${++urls}`;
        return { url, free: () => freed.push(url) };
      },
    });
    form.fill(server({ branding: { ...empty, name: "Ville de Sète", logo: "abc" } }));
    return { form, freed };
  }

  test("a new logo is seen before it is kept, and freed afterwards", async () => {
    const { form, freed } = made();
    expect([form.logo, form.changed]).toEqual(["/v1/server/logo?abc", false]);
    await form.pickLogo(png);
    expect([form.logo, form.changed]).toEqual(["blob:1", true]);
    expect(form.change?.newLogo).toBe("iVBORw0KGgoB");
    await form.pickLogo(png);
    expect(freed).toEqual(["blob:1"]);
    form.removeLogo();
    expect([form.logo, freed]).toEqual(["", ["blob:1", "blob:2"]]);
    expect(form.change).toEqual({ branding: { ...empty, name: "Ville de Sète" } });
  });

  test("a colour that cannot be read is refused", () => {
    const { form } = made();
    form.accent = "#FFEE00";
    expect([form.valid, form.change]).toEqual([false, null]);
    form.accent = "#7A1F5C";
    expect(form.change?.branding?.accent).toBe("#7a1f5c");
  });

  test("texts are bounded in octets, as the server counts", () => {
    const { form } = made();
    form.welcome.fr = "é".repeat(2048);
    expect(form.excess("welcome", "fr")).toBe(0);
    form.welcome.fr += "é";
    expect([form.excess("welcome", "fr"), form.valid]).toEqual([2, false]);
  });
});

describe("logos", () => {
  test("W1: the content tells the type, and SVG is none", async () => {
    expect(await pick(new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'], { type: "image/png" }), square)).toBe("type");
    expect(await pick(png, square)).toMatchObject({ type: "image/png" });
    expect(await pick(new Blob([new Uint8Array([0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x45, 0x42, 0x50])]), square)).toMatchObject({ type: "image/webp" });
  });

  test("what is too large is not read, what cannot be decoded not shown", async () => {
    expect(await pick(new Blob([new Uint8Array(maxLogo + 1)]), square)).toBe("size");
    expect(await pick(png, () => Promise.resolve({ width: 64, height: 2049 }))).toBe("side");
    expect(await pick(png, () => Promise.reject(new Error("no picture")))).toBe("damaged");
  });
});
