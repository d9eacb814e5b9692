import { createSubscriber } from "svelte/reactivity";

/** How often what shows the time of day looks again, in milliseconds. */
const every = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, every);
  return () => clearInterval(timer);
});

/** The time, in milliseconds; what reads it in a component or effect is run again twice a minute. */
export function now(): number {
  subscribe();
  return Date.now();
}
