// The life of a team: two people in browsers and one in a terminal.
import { choose, composer, createWorkspace, find, joinAsStranger, makeInvite, message, send, signUp } from "./support/acts.ts";
import { expect, test } from "./support/test.ts";

test("a team forms and talks: invite, join with nobody online, write, edit, react, thread, delete, search", async ({ person, server }) => {
  test.slow();
  const alice = await person("Alice");
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  await send(alice.page, "Welcome, everybody");
  const at = await find(alice.page, "Projet Aurore");
  const channel = `/w/${id}/c/${at.channel}`;
  const url = await makeInvite(alice.page, id);

  // Nobody is online while Bob joins.
  await alice.page.goto("about:blank");
  const bob = await person("Bob");
  await joinAsStranger(bob, url);
  await bob.page.goto(channel);
  await expect(message(bob.page, "Welcome, everybody")).toBeVisible();
  await send(bob.page, "Hello Alice, this is **Bob**");
  await alice.page.goto(channel);
  await expect(message(alice.page, "Hello Alice, this is Bob")).toBeVisible();

  const carol = server.cli("Carol");
  await carol.signUp();
  await carol.run("join", url);
  await carol.run("post", "general", "greetings from a terminal, @Alice");
  await expect(message(alice.page, "greetings from a terminal")).toBeVisible();
  await expect(message(bob.page, "greetings from a terminal")).toBeVisible();

  await test.step("edit", async () => {
    await composer(bob.page).press("ArrowUp");
    await expect(composer(bob.page)).toHaveValue("Hello Alice, this is **Bob**");
    await composer(bob.page).fill("Hello Alice, this is Robert");
    await composer(bob.page).press("Enter");
    await expect(message(alice.page, "this is Robert")).toContainText("edited");
  });

  await test.step("react", async () => {
    const one = message(alice.page, "this is Robert");
    await one.hover();
    await one.getByRole("button", { name: /^React with / }).first().click();
    await expect(message(bob.page, "this is Robert").getByRole("group", { name: "Reactions" })).toBeVisible();
    expect(await carol.run("read", "general")).toMatch(/Alice/);
  });

  await test.step("thread", async () => {
    const one = message(alice.page, "this is Robert");
    await one.hover();
    await one.getByRole("button", { name: "Reply in a thread" }).click();
    const reply = alice.page.getByRole("textbox", { name: "Reply in this thread" });
    await reply.fill("an answer in the thread");
    await reply.press("Enter");
    await expect(message(bob.page, "this is Robert")).toContainText("1 reply");
    await alice.page.keyboard.press("Escape");
  });

  await test.step("delete", async () => {
    await send(alice.page, "a slip of the pen");
    await expect(message(bob.page, "a slip of the pen")).toBeVisible();
    await choose(alice.page, message(alice.page, "a slip of the pen"), "Delete");
    await expect(message(bob.page, "a slip of the pen")).toHaveCount(0);
  });

  await test.step("reload", async () => {
    await bob.page.reload();
    await expect(message(bob.page, "this is Robert")).toContainText("1 reply");
    expect(new URL(bob.page.url()).pathname).toBe(channel);
  });

  await test.step("draft", async () => {
    await composer(bob.page).fill("half a thought");
    const places = bob.page.getByRole("navigation", { name: /^Places in/ });
    await places.getByRole("link", { name: "People" }).click();
    await expect(bob.page.getByRole("heading", { name: "People", level: 1 })).toBeVisible();
    await places.getByRole("link", { name: /^general/ }).click();
    await expect(composer(bob.page)).toHaveValue("half a thought");
    await composer(bob.page).fill("");
  });

  await test.step("search", async () => {
    await alice.page.goto(`/w/${id}/search`);
    await alice.page.getByRole("combobox", { name: /^Words/ }).fill("terminal");
    await expect(alice.page.getByRole("option", { name: /greetings from a terminal/ })).toBeVisible();
  });

  await test.step("direct message, and what is unread", async () => {
    await alice.page.goto(channel);
    await alice.page.getByRole("button", { name: "Write to somebody" }).click();
    await alice.page.getByRole("checkbox", { name: /Bob/ }).click();
    await alice.page.getByRole("button", { name: "Open the conversation" }).click();
    await expect(alice.page.getByRole("textbox", { name: /^Write to .*Bob/ })).toBeVisible();
    await send(alice.page, "between the two of us");
    const entry = bob.page.getByRole("navigation").getByRole("link", { name: /Alice/ });
    await expect(entry).toBeVisible();
    await entry.click();
    await expect(message(bob.page, "between the two of us")).toBeVisible();
    const read = await carol.try(["read", "@Alice"]);
    expect(read.out).not.toContain("between the two of us");
  });
});
