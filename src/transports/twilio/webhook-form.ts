// The form of a webhook, read in one pass within fixed limits, whoever sent it. Control plane.

/**
 * Far above what Twilio sends: some 40 fields, plus one for each custom SIP header; its longest value is a
 * transcript or a STIR passport of a few kilobytes. Counted before percent signs are decoded.
 */
export const FORM_LIMITS = { fields: 256, nameLength: 256, valueLength: 16_384 } as const;

/** By name; a repeated field is an array, as Twilio signs it. No object members behind the names. */
export type FormFields = Readonly<Record<string, string | string[]>>;

export interface WebhookForm {
  readonly fields: FormFields;
  /** The first value of this name, `null` where there is none. */
  get(name: string): string | null;
  isRepeated(name: string): boolean;
}

/** @returns the form, or what is wrong with it */
export function readForm(text: string): WebhookForm | string {
  const fields = Object.create(null) as Record<string, string | string[]>;
  let count = 0;
  for (let from = 0; from <= text.length;) {
    const ampersand = text.indexOf('&', from);
    const to = ampersand === -1 ? text.length : ampersand;
    count += 1;
    if (count > FORM_LIMITS.fields) return `a form has at most ${FORM_LIMITS.fields} fields`;
    if (to > from) {
      const problem = addField(fields, text.slice(from, to));
      if (problem !== undefined) return problem;
    }
    from = to + 1;
  }
  return {
    fields,
    get: (name) => {
      const value = fields[name];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    },
    isRepeated: (name) => Array.isArray(fields[name]),
  };
}

function addField(fields: Record<string, string | string[]>, field: string): string | undefined {
  const equals = field.indexOf('=');
  const rawName = equals === -1 ? field : field.slice(0, equals);
  const rawValue = equals === -1 ? '' : field.slice(equals + 1);
  if (rawName.length > FORM_LIMITS.nameLength) {
    return `the name of a field has at most ${FORM_LIMITS.nameLength} characters`;
  }
  if (rawValue.length > FORM_LIMITS.valueLength) {
    return `the value of a field has at most ${FORM_LIMITS.valueLength} characters`;
  }
  const name = decode(rawName);
  const value = decode(rawValue);
  if (name === undefined || value === undefined) return 'a field is not percent-encoded UTF-8';
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [before, value];
  return undefined;
}

function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}
