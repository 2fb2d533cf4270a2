// What is answered when a limit says no, with what to do about it.
import type { AppendOutcome } from './log-store.ts';

type Refusal = Extract<AppendOutcome, { readonly status: 'refused' }>;

export function refuseMessage(allowedBytes: number): Refusal {
  return {
    status: 'refused',
    limit: 'messageBytes',
    message: `The message is larger than the ${allowedBytes} bytes a message may have here; send it in parts or raise maxMessageBytes and retentionBytes.`,
  };
}

export function refuseBudget(shareBytes: number): Refusal {
  return {
    status: 'refused',
    limit: 'budget',
    message: `The message is larger than the ${shareBytes} bytes of its share of the budget; send it in parts or raise budgetBytes.`,
  };
}

export function refuseTopic(logs: number): Refusal {
  return {
    status: 'refused',
    limit: 'topics',
    message: `There are ${logs} logs of this kind already; use fewer topics, or raise maxTopics or maxInboxes.`,
  };
}
