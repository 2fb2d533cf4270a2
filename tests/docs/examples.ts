// Reads the fenced examples of a Markdown text and judges whether they can be checked.

export interface Example {
  /** Line of its fence, from 1. */
  readonly line: number;
  /** The first word after the fence: `ts`, `sh`, … */
  readonly language: string;
  /** The rest of it: `fragment`, … */
  readonly mark: string;
  readonly code: string;
}

/** The fenced blocks of a text, at the line's beginning or indented in a list. */
export function readExamples(markdown: string): readonly Example[] {
  const examples: Example[] = [];
  const fences = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[ \t]*([^\n`]*)\n([\s\S]*?)^\1\2[ \t]*$/gm;
  for (const { 1: indent = '', 3: language = '', 4: mark = '', 5: code = '', index } of markdown.matchAll(fences)) {
    const line = markdown.slice(0, index).split('\n').length;
    examples.push({
      line,
      language,
      mark: mark.trim(),
      code: code.replaceAll(`\n${indent}`, '\n').slice(indent.length),
    });
  }
  return examples;
}

/** What keeps an example from being checked, or nothing. */
export function problemOf({ language, mark }: Example): string | undefined {
  if (/^(typescript|javascript|js|mjs|cjs|tsx|jsx|mts)$/.test(language))
    return `write \`ts\` for \`${language}\`, so that it is run`;
  if (language === 'ts' && mark !== '' && mark !== 'fragment')
    return `\`ts ${mark}\` is not known: \`ts\` is run, \`ts fragment\` is compiled`;
  return undefined;
}
