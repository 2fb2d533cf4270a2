// A time that does not come, and a size that is never reached.
export const NEVER = Number.POSITIVE_INFINITY;
