// A real server and real command-line users, as processes of the program under test.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const program = process.env["CENACLE_BIN"] ?? join(import.meta.dirname, "../../../../cenacle");

/** Settings of whoever runs the tests are none of the tests'. */
function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("CENACLE_"));
  return { ...Object.fromEntries(own), LANG: "en_GB.UTF-8", LC_ALL: "en_GB.UTF-8", ...more };
}

/** One server on a folder of its own; it can be killed and started again on the same address. */
export class Server {
  readonly dir = mkdtempSync(join(tmpdir(), "cenacle-e2e-"));
  readonly data: string;
  #port: number;
  #process: ChildProcess | null = null;
  /** Everything that it wrote. */
  log = "";

  /** Data and port are new ones unless they are given. */
  constructor(given: { data?: string; port?: number } = {}) {
    this.data = given.data ?? join(this.dir, "server");
    this.#port = given.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `http://localhost:${this.#port}`;
  }

  async start(): Promise<void> {
    const args = ["serve", "--data", this.data, "--listen", `localhost:${this.#port}`, "--registration", "open", "--log-level", "debug"];
    const child = spawn(program, args, { env: environment({}), stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    child.stderr.on("data", (b: Buffer) => (this.log += b.toString()));
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => {
        this.log += `${line}\n`;
        const port = /:(\d+)$/.exec(line)?.[1];
        if (port === undefined) return;
        this.#port = Number(port);
        resolve();
      });
      child.once("exit", () => reject(new Error(`the server did not start: ${this.log}`)));
    });
  }

  /** Ends it as a power cut would, or, softly, as an administrator does. */
  async stop(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#process = null;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  cli(name: string): Cli {
    return new Cli(this, name);
  }
}

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Somebody who works in a terminal. */
export class Cli {
  readonly name: string;
  readonly email: string;
  readonly passphrase: string;
  readonly home: string;
  readonly #server: Server;
  accountKey = "";

  constructor(server: Server, name: string) {
    this.#server = server;
    this.name = name;
    this.email = `${name.toLowerCase()}@example.org`;
    this.passphrase = `terminal secret of ${name}`;
    this.home = join(server.dir, `home-${name}`);
  }

  /** Runs a command; the caller looks at the exit code. */
  async try(args: string[], input = ""): Promise<Ran> {
    const env = environment({ CENACLE_HOME: this.home, CENACLE_PASSPHRASE: this.passphrase });
    if (this.accountKey !== "") env["CENACLE_ACCOUNT_KEY"] = this.accountKey;
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    const ran: Ran = { code: 0, out: "", err: "" };
    child.stdout.on("data", (b: Buffer) => (ran.out += b.toString()));
    child.stderr.on("data", (b: Buffer) => (ran.err += b.toString()));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    ran.code = code ?? -1;
    return ran;
  }

  /** Runs a command that must succeed and returns what it printed. */
  async run(...args: string[]): Promise<string> {
    const ran = await this.try(args);
    if (ran.code !== 0) throw new Error(`${this.name}: cenacle ${args.join(" ")}: exit code ${ran.code}: ${ran.err}`);
    return ran.out;
  }

  /** Runs a command with --json and returns the first object that it printed. */
  async json<T>(...args: string[]): Promise<T> {
    const [line = "null"] = (await this.run(...args, "--json")).split("\n");
    return JSON.parse(line) as T;
  }

  async signUp(): Promise<void> {
    const { account_key } = await this.json<{ account_key: string }>("signup", "--server", this.#server.origin, "--email", this.email, "--name", this.name);
    this.accountKey = account_key;
  }
}
