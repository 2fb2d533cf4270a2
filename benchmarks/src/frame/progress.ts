// Tells on stderr how far a run is: a spinner on a terminal, else a line now and then.
import ora from 'ora';

export interface Progress {
  /** What is being done now. */
  show(text: string): void;
  /** Makes room for results on the same terminal. */
  pause(): void;
}

const LINE_EVERY_MS = 10_000;

export function startProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Progress {
  return stream.isTTY === true && process.env.TERM !== 'dumb' ? spinner(stream) : sparseLines(stream);
}

function spinner(stream: NodeJS.WritableStream): Progress {
  // It would take Ctrl-C for itself.
  const shown = ora({ stream, discardStdin: false });
  return {
    show(text) {
      if (shown.isSpinning) shown.text = text;
      else shown.start(text);
    },
    pause: () => void shown.stop(),
  };
}

function sparseLines(stream: NodeJS.WritableStream): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (performance.now() - last < LINE_EVERY_MS) return;
      last = performance.now();
      stream.write(`${text}\n`);
    },
    pause: () => undefined,
  };
}
