// What the mock answers: a list of steps, chosen by words in the message.

const RICH = `Here is a **short tour**, with a [link](https://example.org/) and \`inline code\`.

## A list

1. First, with *emphasis*
2. Then a nested one:
   - deeper
   - and deeper still
3. Last

- [x] a task that is done
- [ ] and one that is not

| Model | Parameters | Tokens/s |
|---|---:|---:|
| nano | 0.8 M | 2100 |
| small | 135 M | 61.5 |

\`\`\`python
def gcd(a: int, b: int) -> int:
    """Greatest common divisor."""
    while b:
        a, b = b, a % b
    return a  # 12 for gcd(36, 24)
\`\`\`

> A quotation, which may well be longer than one line when the window is narrow.

The softmax of $z$ at temperature $T$ is

$$p_i = \\frac{e^{z_i/T}}{\\sum_j e^{z_j/T}}$$

and \\(\\sum_i p_i = 1\\). A price of $5 and one of $7 are no formulas. <script>alert(1)</script>`;

const SENTENCES = [
  'A language model reads a text and gives each possible next piece of it a probability.',
  'One of the pieces is drawn, added to the text, and the model reads again.',
  'The temperature says how bold the drawing is.',
  'At zero the likeliest piece is always taken.',
  'Nothing else happens, however surprising the result looks.',
];

const pieces = (text) => text.match(/\s*\S{1,7}|\s+$/g) ?? [];
const written = (text, event = 'text', ms = 6) =>
  pieces(text).flatMap((piece) => [{ wait: ms }, { event, data: { text: piece } }]);

export function* scriptFor(prompt, variant) {
  const says = (word) => prompt.toLowerCase().includes(word);
  const gate = says('patiently') ? [{ gate: true }] : []; // where an answer waits until it is told to go on
  yield { wait: 120 };
  if (says('queue')) {
    yield { event: 'queued', data: { position: 2 } };
    yield* gate;
    yield { wait: 300 };
  }
  yield { event: 'prompt', data: { prompt_tokens: 40, cached_tokens: 24, dropped_turns: says('outgrow') ? 1 : 0 } };
  if (says('think')) yield* written('The question asks for a plan. First the parts, then the whole. A check at the end does no harm.', 'reasoning', 6);
  if (says('think')) yield* gate;
  if (prompt.startsWith('echo:')) {
    for (let at = 5; at < prompt.length; at += 400) yield* [{ wait: 4 }, { event: 'text', data: { text: prompt.slice(at, at + 400) } }];
  } else if (says('17 * 23')) {
    yield* written('I work that out. ');
    yield { event: 'tool_call', data: { id: 'call_1', name: 'calculator', arguments: '{"expression":"17 * 23"}' } };
    yield* gate;
    yield { wait: 200 };
    yield { event: 'tool_result', data: { call_id: 'call_1', name: 'calculator', text: '391' } };
    yield* written('17 × 23 = **391**.');
  } else if (says('fail')) {
    yield* written('This begins well');
    yield { event: 'error', data: { error: { message: 'the model ran out of memory', type: 'server_error', param: null, code: null } } };
  } else if (says('spans of code')) {
    yield* written('The sign `\\[` begins a formula, and this is said after it. ');
    yield* gate;
    yield* written('That is all.');
  } else if (says('crash')) {
    yield* written(SENTENCES.join(' '));
    yield { crash: true };
  } else if (says('tour')) {
    yield* written(RICH, 'text', 4);
  } else if (says('long') || says('drop')) {
    for (let round = 0; round < (says('long') ? 30 : 6); round++) {
      yield* written(`Paragraph ${round + 1}. ${SENTENCES.join(' ')}\n\n`, 'text', 8);
      if (round === 3) yield* gate;
    }
  } else {
    const first = variant % SENTENCES.length;
    yield* written([...SENTENCES.slice(first), ...SENTENCES.slice(0, first)].slice(0, 3 + (variant % 2)).join(' '));
  }
}
