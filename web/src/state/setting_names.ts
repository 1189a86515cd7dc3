// What settings are called and where they stand. Those that no line here knows get a name and a place by rule.
import type { SettingField, SettingGroup } from '../api/types';
import { title } from './format';

const NAMES: Record<string, string> = {
  samplers: 'Steps of drawing',
  repeat_last_n: 'Repeat window',
  dry_penalty_last_n: 'DRY window',
  dynatemp_range: 'Dynamic temperature: range',
  dynatemp_exponent: 'Dynamic temperature: exponent',
};
const ACRONYMS = /\b(dry|xtc)\b/gi;

/** top_p → Top-p, xtc_threshold → XTC threshold */
export function settingTitle(name: string): string {
  if (NAMES[name]) return NAMES[name];
  if (/^(top|min|typical)_[a-z]($|_)/.test(name)) return title(name.replace(/_/g, '-'));
  return title(name).replace(ACRONYMS, (word) => word.toUpperCase());
}

/** What most people look for, by what it does; shown without a click. */
const COMMON = [
  { title: 'Answer', fields: ['max_tokens', 'reasoning', 'max_reasoning_tokens', 'tools', 'stop'] },
  { title: 'Choice of words', fields: ['temperature', 'top_p', 'top_k', 'min_p', 'seed'] },
];
/** What is left of the server's groups. */
const FURTHER = [
  { title: 'Repetition', groups: ['penalties', 'dry'] },
  { title: 'Further cuts', groups: ['typical', 'top_n_sigma'] },
  { title: 'Surprise', groups: ['temperature', 'xtc', 'mirostat'] },
  { title: 'Steps of drawing', groups: ['general'] },
];

export interface Section {
  title: string;
  groups: { help: string; fields: SettingField[] }[];
}

export function commonSections(groups: SettingGroup[]): Section[] {
  const fields = groups.flatMap((group) => group.fields);
  return COMMON.map(({ title, fields: names }) => ({
    title, groups: [{ help: '', fields: names.flatMap((name) => fields.filter((field) => field.name === name)) }],
  })).filter(({ groups: [{ fields }] }) => fields.length);
}

export function furtherSections(groups: SettingGroup[]): Section[] {
  const common = new Set(COMMON.flatMap(({ fields }) => fields));
  const left = groups.map(({ name, help, fields }) => ({ name, help, fields: fields.filter((field) => !common.has(field.name)) }))
    .filter(({ fields }) => fields.length);
  const known = FURTHER.map(({ title, groups: names }) => ({ title, groups: left.filter(({ name }) => names.includes(name)) }));
  const isKnown = (name: string) => FURTHER.some(({ groups: names }) => names.includes(name));
  const others = left.filter(({ name }) => !isKnown(name)).map((group) => ({ title: settingTitle(group.name), groups: [group] }));
  return [...known, ...others].filter((section) => section.groups.length);
}
