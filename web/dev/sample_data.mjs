// Conversations and judgements that the mock begins with, so that lists and sums have something in them.

const DAY_MS = 86_400_000;
const TOPICS = [
  ['Greatest common divisors', 'How does Euclid’s algorithm work?', 'It replaces the larger number by the remainder of the division, again and again, until the remainder is zero.'],
  ['A poem about glass', 'Write two lines about glass.', 'A pane that keeps the wind away,\nand lets the morning in.'],
  ['Softmax and temperature', 'What does temperature do?', 'It divides the scores before the softmax: below one the likeliest tokens gain, above one the others do.'],
  ['Packing list for the mountains', 'What do I need for three days?', '- Boots\n- A map\n- Water\n- Something warm'],
  ['Units of the slug', 'What is a slug?', 'A unit of mass: the mass that one pound of force accelerates by one foot per second squared.'],
  ['Why the sky is blue', 'Why is the sky blue?', 'Short waves are scattered more by the air than long ones.'],
  ['Sorting stably', 'Is quicksort stable?', 'Not in its usual form.'],
  ['A very long title that does not fit into the sidebar however wide the screen may be', 'Hello', 'Hello. What is it about?'],
];
const feedback = { thumb: null, reasons: [], note: '', flagged: false };
const blank = { error: null, settings: {}, dropped_turns: 0, edited_from: null };

export function sampleData() {
  const conversations = new Map();
  const messages = new Map();
  const events = [];
  const now = Date.now();
  const folders = [{ id: 'f_1', name: 'Mathematics', position: 0 }];
  TOPICS.forEach(([title, question, reply], index) => {
    const id = `c_${index + 1}`;
    const created = now - index * 0.9 * DAY_MS - 60_000;
    conversations.set(id, { id, title, folder_id: index === 0 ? 'f_1' : null, system_prompt: '', model: null, settings: {}, active_leaf: `m_${id}_2`, pinned: index === 2, created, updated: created });
    messages.set(`m_${id}_1`, { ...blank, id: `m_${id}_1`, conversation_id: id, parent_id: null, role: 'user', parts: [{ type: 'text', text: question }], state: 'done', stop_reason: null, model: null, seed: null, usage: null, milliseconds: null, first_token_milliseconds: null, created, feedback: { ...feedback } });
    messages.set(`m_${id}_2`, { ...blank, id: `m_${id}_2`, conversation_id: id, parent_id: `m_${id}_1`, role: 'assistant', parts: [{ type: 'text', text: reply }], state: 'done', stop_reason: 'stop', model: index % 2 ? 'smollm2' : 'nano', seed: 41 + index, usage: { prompt_tokens: 30, cached_tokens: 12, completion_tokens: 24, reasoning_tokens: 0 }, milliseconds: 480, first_token_milliseconds: 70, created: created + 900, feedback: { ...feedback } });
    const common = { created: created + 5000, conversation_id: id, title, message_ids: [`m_${id}_2`], note: '', excerpts: [reply] };
    if (index % 3 === 2) events.push({ ...common, id: 100 - 2 * index, kind: 'choice', choice: index % 2 ? 0 : 'tie', message_ids: [`m_${id}_2`, `m_${id}_1`], excerpts: [reply, question], reasons: ['clear'] });
    else events.push({ ...common, id: 100 - 2 * index, kind: 'thumb', value: index % 4 === 3 ? -1 : 1, reasons: index % 4 === 3 ? ['too_long', 'unhelpful'] : ['correct'], note: index === 1 ? 'It scans.' : '' });
  });
  return { conversations, messages, folders, events };
}

const tally = (events, key) => events.reduce((sums, event) => sums.set(key(event), (sums.get(key(event)) ?? 0) + 1), new Map());

/** Of judgements of the same answers the latest counts, as in the store. */
function latest(events) {
  const seen = new Set();
  return events.filter(({ id, kind, message_ids: ids }) => {
    const key = ['thumb', 'choice', 'ranking'].includes(kind) ? `${kind} ${[...ids].sort()}` : id;
    return !seen.has(key) && seen.add(key);
  });
}

export function feedbackStats(all, messages) {
  const events = latest(all);
  const of = (kind) => events.filter((event) => event.kind === kind);
  const choice = (value) => of('choice').filter((event) => event.choice === value).length;
  const models = new Map();
  const row = (id) => {
    const model = messages.get(id)?.model ?? 'unknown';
    if (!models.has(model)) models.set(model, { model, thumbs_up: 0, thumbs_down: 0, wins: 0, losses: 0, ties: 0 });
    return models.get(model);
  };
  for (const event of of('thumb')) row(event.message_ids[0])[event.value === 1 ? 'thumbs_up' : 'thumbs_down']++;
  for (const event of of('choice')) event.message_ids.forEach((id, index) => row(id)[event.choice === index ? 'wins' : typeof event.choice === 'number' ? 'losses' : 'ties']++);
  return {
    events: events.length, thumbs_up: of('thumb').filter((event) => event.value === 1).length, thumbs_down: of('thumb').filter((event) => event.value === -1).length,
    choices: { first: choice(0), second: choice(1), tie: choice('tie'), both_bad: choice('both_bad') },
    rankings: of('ranking').length, edits: of('edit').length, regenerates: of('regenerate').length, flags: of('flag').length,
    reasons: [...tally(events.flatMap((event) => event.reasons ?? []), (reason) => reason)].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    by_model: [...models.values()],
    by_day: [...tally(events, (event) => new Date(event.created).toISOString().slice(0, 10))].map(([day, count]) => ({ day, count })),
  };
}
