// What people wait for, in one browser on this machine. Numbers are compared, never
// asserted. BENCH_CHANNELS and BENCH_MESSAGES say how much there is to work on.
import type { Page } from "@playwright/test";
import { createWorkspace, find, lock, signUp } from "../support/acts.ts";
import { call } from "../support/engine.ts";
import { test } from "../support/test.ts";

const channels = Number(process.env["BENCH_CHANNELS"] ?? 20);
const messages = Number(process.env["BENCH_MESSAGES"] ?? 2000);

interface Row {
  work: string;
  goal: string;
  measured: string;
}
const rows: Row[] = [];
const row = (work: string, goal: string, measured: string) => rows.push({ work, goal, measured });
const kB = (octets: number) => `${(octets / 1000).toFixed(0)} kB`;
const ms = (time: number) => `${time.toFixed(0)} ms`;

/** Octets on the wire of what a page loads, by the end of its address. */
async function transferred(page: Page, address: string): Promise<{ js: number; wasm: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const urls = new Map<string, string>();
  const sum = { js: 0, wasm: 0 };
  session.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (urls.get(requestId)?.endsWith(".js")) sum.js += encodedDataLength;
  });
  let wasm = "";
  page.context().on("request", (request) => {
    if (request.url().endsWith(".wasm")) wasm = request.url();
  });
  await page.goto(address, { waitUntil: "networkidle" });
  await session.detach();
  if (wasm !== "") sum.wasm = Number((await page.request.head(wasm, { headers: { "Accept-Encoding": "br" } })).headers()["content-length"] ?? 0);
  return sum;
}

async function firstPaint(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
}

/** From the beginning of the page until the engine answers, milliseconds. */
async function engineReady(page: Page): Promise<number> {
  await call(page, "session.state", {});
  return page.evaluate(() => performance.now());
}

test("speed", async ({ person }) => {
  const alice = await person("Alice");
  const { page } = alice;
  const size = await transferred(page, "/signin");
  row("JavaScript before the core, brotli", "≤ 120 kB", kB(size.js));
  row("sign-in visible, cold cache", "< 500 ms", ms(await firstPaint(page)));
  row("core, brotli", "≤ 2.3 MB", kB(size.wasm));
  await page.goto("/signin");
  row("core ready, warm", "≤ 700 ms", ms(await engineReady(page)));

  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(page, "Projet Aurore");
  const made = [at.channel];
  for (let i = 1; i < channels; i++) made.push((await call(page, "channels.create", { workspace: at.workspace, name: `salon ${i}`, topic: "", private: false, members: [] })).channel);
  const began = Date.now();
  for (let i = 0; i < messages; i++) {
    await call(page, "messages.post", { workspace: at.workspace, channel: made[i % 2 === 0 ? 0 : i % channels] ?? at.channel, text: `message ${i} about the harvest of ${i % 97} apples`, replyTo: null, thread: null });
  }
  row("post one message, acknowledged", "", ms((Date.now() - began) / messages));

  await page.goto(`/w/${at.workspace}/c/${at.channel}`);
  await lock(page);
  await page.getByLabel("Passphrase", { exact: true }).fill(alice.passphrase);
  const unlocking = Date.now();
  await page.getByRole("button", { name: "Unlock", exact: true }).click();
  await page.getByRole("article").first().waitFor();
  row("passphrase to messages on this device", "≤ 1500 ms", ms(Date.now() - unlocking));

  const switched: number[] = [];
  for (let i = 1; i < Math.min(channels, 10); i++) {
    const link = page.locator(`nav a[href$="/c/${made[i] ?? ""}"]`).first();
    switched.push(
      await link.evaluate(
        (element: HTMLAnchorElement, name) =>
          new Promise<number>((resolve) => {
            const start = performance.now();
            const look = () => {
              if (document.querySelector("main h1")?.textContent.includes(name)) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
              else requestAnimationFrame(look);
            };
            element.click();
            look();
          }),
        `salon ${i}`,
      ),
    );
  }
  row("switch channel, painted (median)", "≤ 50 ms", ms(switched.sort((a, b) => a - b)[switched.length >> 1] ?? NaN));

  await page.goto(`/w/${at.workspace}/c/${at.channel}`);
  await page.getByRole("article").first().waitFor();
  const frames = await page.getByRole("region", { name: "Messages" }).evaluate(
    (region) =>
      new Promise<{ frames: number; worst: number }>((resolve) => {
        let frames = 0;
        let worst = 0;
        let last = performance.now();
        const end = last + 3000;
        const step = (now: number) => {
          frames++;
          worst = Math.max(worst, now - last);
          last = now;
          region.scrollTop -= 60;
          if (now < end) requestAnimationFrame(step);
          else resolve({ frames: frames / 3, worst });
        };
        requestAnimationFrame(step);
      }),
  );
  row("scroll back", "60 frames a second", `${frames.frames.toFixed(0)} frames a second, worst ${ms(frames.worst)}`);

  const search: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = Date.now();
    await call(page, "search.messages", { workspace: at.workspace, channel: null, query: `harvest ${i}`, limit: 50 });
    search.push(Date.now() - start);
  }
  row(`search ${messages} messages (median)`, "≤ 150 ms for 100,000", ms(search.sort((a, b) => a - b)[2] ?? NaN));

  const longest = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let worst = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => (worst = Math.max(worst, entry.duration)))).observe({ type: "longtask", buffered: false });
        setTimeout(() => resolve(worst), 3000);
      }),
  );
  row("longest task of the page at rest", "≤ 50 ms", ms(longest));

  console.log(`\n${channels} channels, ${messages} messages, half of them in one channel\n\n| work | goal | measured |\n|---|---|---|\n${rows.map((one) => `| ${one.work} | ${one.goal} | ${one.measured} |`).join("\n")}\n`);
});
