import { expect, test, vi } from "vitest";
import { Chat, type ChatWorld } from "./chat.svelte";
import { change, channel, Fake, me, message, person, settle, workspace } from "./fake.testing";

function start() {
  const api = new Fake({ "people.list": () => ({ people: [person(me, "Moi")] }), "channels.list": () => ({ channels: [] }), "channels.draft": () => ({ text: "" }) });
  const world: ChatWorld = { visible: () => true, tell: vi.fn(), thread: vi.fn(), arrived: vi.fn() };
  return { api, world, chat: new Chat(api, world) };
}

test("few rooms are kept, but none with a message that could not be sent", async () => {
  const { api, chat } = start();
  api.answers["messages.post"] = () => {
    throw new Error("no");
  };
  const space = chat.space(workspace);
  await settle();
  const first = space.room("s_first");
  await first.timeline.send({ text: "x", replyTo: null, mentions: [] });
  const second = space.room("s_second");
  for (let i = 0; i < 30; i++) space.room(`s_${i}`);
  expect(space.room("s_first")).toBe(first);
  expect(space.room("s_second")).not.toBe(second);
});

test("whoever is told of messages is the room that is open", async () => {
  const { api, chat, world } = start();
  api.messages = [message(1)];
  const room = chat.space(workspace).room(channel);
  const stop = room.start();
  await room.timeline.open();
  api.messages = [...api.messages, message(2)];
  api.tell(change("messages"));
  await settle();
  expect(world.arrived).toHaveBeenCalledExactlyOnceWith(room, [expect.objectContaining({ seq: 2 })]);
  stop();
  chat.close();
});
