// W1 and K14: what members write and how they call themselves.
import { createWorkspace, find, message, signUp } from "./support/acts.ts";
import { call } from "./support/engine.ts";
import { expect, test } from "./support/test.ts";

/** Each would set window.canary, or fetch something, if any of it ran. */
const payloads = [
  "<script>window.canary = 1</script>",
  "<img src=x onerror=\"window.canary = 1\">",
  "<svg onload=\"window.canary = 1\"><circle r=9></svg>",
  "<svg><script href=\"data:text/javascript,window.canary=1\" /></svg>",
  "<iframe srcdoc=\"<script>parent.canary = 1</script>\"></iframe>",
  "<object data=\"javascript:window.canary=1\"></object>",
  "<details open ontoggle=\"window.canary = 1\">x</details>",
  "<math><mtext><table><mglyph><style><img src=x onerror=\"window.canary=1\">",
  "<a href=\"javascript:window.canary=1\">raw</a>",
  "[a link](javascript:window.canary=1)",
  "[a link](JaVaScRiPt:window.canary=1)",
  "[a link](java\tscript:window.canary=1)",
  "[a link](&#106;avascript:window.canary=1)",
  "[a link](data:text/html,<script>window.canary=1</script>)",
  "[a link](vbscript:window.canary=1)",
  "![a picture](javascript:window.canary=1)",
  "![a picture](https://elsewhere.example/pixel.png)",
  "![a picture](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9IndpbmRvdy5jYW5hcnk9MSIvPg==)",
  "<https://elsewhere.example/\" onmouseover=\"window.canary=1>",
  "[x]: javascript:window.canary=1\n\n[x]",
  "```html\n<script>window.canary = 1</script>\n```",
  "`<img src=x onerror=window.canary=1>`",
  "{{constructor.constructor('window.canary=1')()}} ${window.canary=1}",
  "<base href=\"https://elsewhere.example/\"><form action=\"https://elsewhere.example/\"><button>go</button></form>",
  "<style>@import 'https://elsewhere.example/x.css'; * { background: url(https://elsewhere.example/y) }</style>",
  "<link rel=prefetch href=\"https://elsewhere.example/z\"><meta http-equiv=refresh content=\"0;url=https://elsewhere.example\">",
];

test("W1: no script in a message, a name, a topic or a channel ever runs, and nothing is fetched", async ({ person, server }) => {
  const alice = await person("Alice");
  await signUp(alice);
  const id = await createWorkspace(alice, "<img src=x onerror=window.canary=1>");
  const at = await find(alice.page, "<img src=x onerror=window.canary=1>");
  const { url } = await call(alice.page, "invites.create", { workspace: id, role: "member", channels: [], uses: 5, expiresIn: 0, approval: false });
  const mallory = server.cli("Mallory");
  const name = "<svg onload=window.canary=1>";
  const { account_key } = await mallory.json<{ account_key: string }>("signup", "--server", server.origin, "--email", mallory.email, "--name", name);
  mallory.accountKey = account_key;
  await mallory.run("join", url);
  await mallory.run("channel", "create", "<b onclick=window.canary=1>x</b>", "--topic", "<script>window.canary=1</script>");
  for (const payload of payloads) {
    const ran = await mallory.try(["post", "general", "-"], payload);
    expect(ran.err + String(ran.code)).toBe("0");
  }
  await mallory.run("post", "general", "the last of them");

  const { page } = alice;
  await page.goto(`/w/${id}/c/${at.channel}`);
  await expect(message(page, "the last of them")).toBeVisible();
  const list = page.getByRole("region", { name: "Messages" });
  for (const link of await list.getByRole("link").all()) await link.hover();
  await page.goto(`/w/${id}/channels`);
  await expect(page.getByText("<b onclick=window.canary=1>x</b>").first()).toBeVisible();
  await page.goto(`/w/${id}/people`);
  await expect(page.getByText(name).first()).toBeVisible();
  await page.goto(`/w/${id}/c/${at.channel}`);
  await expect(message(page, "the last of them")).toBeVisible();

  const found = await page.evaluate(() => ({
    canary: "canary" in window,
    elements: [...document.querySelectorAll("article :is(script, img, iframe, object, embed, form, style, link, base, meta, svg[onload], math)")].length,
    handlers: [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes].filter((a) => a.name.startsWith("on")).map((a) => a.name)),
    schemes: [...document.querySelectorAll<HTMLAnchorElement>("article a[href]")].map((a) => a.protocol).filter((scheme) => !["http:", "https:", "mailto:"].includes(scheme)),
  }));
  expect(found).toEqual({ canary: false, elements: 0, handlers: [], schemes: [] });
});

test("K14: a name that is easily taken for another's is marked, and the id is shown", async ({ person, server }) => {
  const alice = await person("Alice");
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const { url } = await call(alice.page, "invites.create", { workspace: id, role: "member", channels: [], uses: 5, expiresIn: 0, approval: false });
  const imitator = server.cli("Imitator");
  // Cyrillic letters that look like Latin ones.
  await imitator.json("signup", "--server", server.origin, "--email", imitator.email, "--name", "\u0410li\u0441e");
  await imitator.run("join", url);
  await imitator.run("post", "general", "it is me, Alice");
  const { page } = alice;
  await page.goto(`/w/${id}/c/${at.channel}`);
  await expect(message(page, "it is me, Alice")).toContainText("similar name");
  const { people } = await call(page, "people.list", { workspace: id });
  const user = people.find((one) => !one.self)?.user ?? "";
  await page.goto(`/w/${id}/people`);
  await expect(page.getByText("Looks like somebody else").first()).toBeVisible();
  await page.goto(`/w/${id}/people?panel=person/${user}`);
  await expect(page.getByText(user).first()).toBeVisible();
});
