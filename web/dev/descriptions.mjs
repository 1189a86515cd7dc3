// The mock's models and its description of the settings, in the form that the server gives.

const number = (name, fallback, min, max, help) => ({ name, kind: 'number', default: fallback, min, max, choices: null, help });
const integer = (name, fallback, min, max, help) => ({ name, kind: 'integer', default: fallback, min, max, choices: null, help });
const list = (name, fallback, choices, help) => ({ name, kind: 'list', default: fallback, min: null, max: null, choices, help });
const group = (name, help, ...fields) => ({ name, help, fields });

export const SETTINGS = {
  groups: [
    group('penalties', 'Makes what was said less likely.', number('repetition_penalty', 1, 0.1, 10, 'Divides the scores of tokens that were there; 1 changes nothing'), number('presence_penalty', 0, -2, 2, 'Subtracted once from tokens that were there'), number('frequency_penalty', 0, -2, 2, 'Subtracted for each time that a token was there')),
    group('temperature', 'How bold the drawing is.', number('temperature', 0.8, 0, 100, '0 takes the likeliest token always; 1 draws as the model learned')),
    group('top_k', 'Keeps a number of tokens.', integer('top_k', 0, 0, 1000000, 'How many of the likeliest tokens are kept; 0 keeps all')),
    group('top_p', 'Keeps a share of probability.', number('top_p', 0.95, 0, 1, 'The likeliest tokens that together reach this share are kept')),
    group('min_p', 'Drops the improbable.', number('min_p', 0.05, 0, 1, 'Share of the best probability that a token must reach')),
    group('mirostat', 'Steers the surprise.', integer('mirostat', 0, 0, 2, '0 is off'), number('mirostat_tau', 5, 0, 20, 'Aimed-at surprise, in nats')),
    group('general', 'For every kind of drawing.', list('samplers', 'penalties,top_k,temperature,top_p,min_p', ['penalties', 'top_k', 'temperature', 'top_p', 'min_p', 'mirostat'], 'The steps of drawing, in the order they are applied; others are left out'), integer('seed', null, 0, 2 ** 53 - 1, 'The same seed gives the same answer; drawn anew if not set')),
    group('answer', 'What an answer may be.', integer('max_tokens', 512, 1, 2048, 'At most so many tokens'), integer('max_reasoning_tokens', null, 0, 2048, 'At most so many tokens of thought'),
      { name: 'reasoning', kind: 'text', default: 'auto', min: null, max: null, choices: ['auto', 'on', 'off'], help: 'Whether the model thinks before it answers' },
      { name: 'tools', kind: 'text', default: 'auto', min: null, max: null, choices: ['auto', 'on', 'off'], help: 'The model may call the server’s tools' },
      list('stop', '', null, 'Texts that end the answer; they are not shown')),
  ],
};

export const MODELS = [
  { id: 'nano', bytes: 3_400_000, loaded: true, default: true, context_length: 2048, parameters: 836_000, has_reasoning: false, has_tools: true, has_template: true },
  { id: 'smollm2', bytes: 91_700_000, loaded: false, default: false, context_length: 8192, parameters: 134_515_008, has_reasoning: null, has_tools: null, has_template: null },
  { id: 'qwen3-0.6b', bytes: 640_000_000, loaded: false, default: false, context_length: 40960, parameters: 596_000_000, has_reasoning: true, has_tools: true, has_template: true },
];
