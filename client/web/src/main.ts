// The first script of the page: draws the app into #app.
import "./ui/base.css";
import { mount } from "svelte";
import App from "./app/App.svelte";
import { AppState } from "./app/state.svelte";

async function start(): Promise<void> {
  const target = document.getElementById("app");
  if (!target) throw new Error("the page has no #app");
  // The gallery of parts is no part of a release: the branch is gone when it is not set.
  if (import.meta.env.VITE_GALLERY && location.pathname.startsWith("/_parts")) {
    const { default: Gallery } = await import("./gallery/Gallery.svelte");
    mount(Gallery, { target });
    return;
  }
  mount(App, { target, props: { app: new AppState() } });
}

void start();
