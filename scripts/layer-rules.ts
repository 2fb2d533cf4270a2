// What one file may import, by its place in the layers and by what kind of file it is.
import { builtinModules } from 'node:module';
import { browserPackages, layerOf } from './layers.ts';
import { type SourceFile, targetOf } from './source-files.ts';

const SCOPE = '@ws-stability/';
const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');
export const isRelative = (specifier: string): boolean => specifier.startsWith('.');
// What a decision must be given and not take: time, chance, sockets.
const impure = /(^|\/)(clock|timer-wheel|random|manual-clock)\.ts$/;

/** Everything that is wrong with the imports of a file, each as the end of a sentence about it. */
export function* problemsOf(file: SourceFile): Generator<string> {
  const ownLayer = layerOf(file.packageName);
  if (ownLayer < 0) yield `has no layer: give its package "${file.packageName}" one in scripts/layers.ts`;
  const machine = file.path.endsWith('.machine.ts');
  for (const specifier of file.imports) {
    if (specifier.startsWith(SCOPE)) {
      const [name = ''] = specifier.slice(SCOPE.length).split('/');
      if (name === file.packageName) yield `imports its own package by name (${specifier}): import the file`;
      else if (layerOf(name) >= ownLayer) yield `imports ${specifier}, which is not on a lower layer`;
    } else if (isRelative(specifier)) {
      const target = targetOf(file, specifier);
      if (!/\.(ts|json|css|html)$/.test(specifier)) yield `imports ${specifier}: relative imports end in .ts`;
      if (!file.test && /(^|\/)index\.ts$/.test(specifier))
        yield `imports ${specifier}: nothing inside imports an index.ts`;
      const root = file.path
        .split('/')
        .slice(0, file.path.startsWith('packages/') || file.path.startsWith('apps/') ? 2 : 1);
      const shared = target === 'tsup.config.base.ts';
      if (!shared && !target.startsWith(`${root.join('/')}/`)) yield `imports ${specifier}: outside its package`;
    }
    const source = !file.test && file.path.includes('/src/');
    if (source && isNodeModule(specifier) && browserPackages.includes(file.packageName)) {
      yield `imports ${specifier}, but ${file.packageName} runs in browsers too`;
    }
    if (machine && (isNodeModule(specifier) || specifier === 'ws' || impure.test(specifier))) {
      yield `imports ${specifier}: a machine takes no clock, timer, random, socket or Node module`;
    }
  }
}
