// The first script of the page: draws the app into #app.
import "./ui/base.css";
import { mount } from "svelte";
import { call, onChange } from "./api/client";
import App from "./app/App.svelte";
import type { Api } from "./app/engine";
import { tools } from "./app/pages";
import { AppState } from "./app/state.svelte";

const api: Api = {
  call: (name, params) => call(name, params),
  onChange: (listener) =>
    onChange((changes) => {
      for (const change of changes) listener(change);
    }),
};

async function start(): Promise<void> {
  const target = document.getElementById("app");
  if (!target) throw new Error("the page has no #app");
  // The gallery of parts is no part of a release: the branch is gone when it is not set.
  if (import.meta.env.VITE_GALLERY && location.pathname.startsWith("/_parts")) {
    const { default: Gallery } = await import("./gallery/Gallery.svelte");
    mount(Gallery, { target });
    return;
  }
  mount(App, { target, props: { app: new AppState(api, tools) } });
}

void start();
