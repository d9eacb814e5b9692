// Words for the gallery of parts.

export const markdown = `Bonjour @amelie, here is what we **agreed** on:

1. the *façade* first, see https://example.org/plans
2. then the roof; ~~in May~~ in \`June\`
   - with scaffolding

> Quality is not an act, it is a habit.

\`\`\`go
func main() { fmt.Println("salut") }
\`\`\`

| lot | price | due |
|---|--:|:-:|
| windows | 12 400 € | 3 May |
| doors | 3 100 € | 9 May |

[bank.example](https://evil.example/login) is not what it says, and \u202E this is shown.`;

const hour = 3_600_000;
const today = Date.now() - 5 * hour;

export const conversation = [
  { by: 2, at: today, text: "Bonjour à tous. The **permit** came back this morning, two weeks early." },
  { by: 1, at: today + 0.2 * hour, text: "That is good news. @amelie do we keep the date for the site meeting?\n\n- Thursday 9:30\n- Friday 14:00" },
  { by: 0, at: today + 0.3 * hour, text: "Thursday. I have booked the room, and put the plans under https://example.org/aurore/plans." },
  { by: 5, at: today + 0.9 * hour, text: "For the crane we need the load table, here it is:\n\n| reach | load |\n|--:|--:|\n| 20 m | 4,1 t |\n| 35 m | 2,2 t |" },
  { by: 5, at: today + 1.1 * hour, text: "And `config.toml` for the sensors:\n\n```toml\n[sensor]\nevery = \"5m\"\n```" },
  { by: 3, at: today + 2 * hour, text: "> Thursday\n\nFine for me. @bruno can you bring the keys?" },
];
