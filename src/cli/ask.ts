import { AppError } from '../types/errors.ts';
import type { Ask, AskSeveral } from './output/io.ts';

/** Asks on standard error, so that standard output stays the result. */
export function terminalAsks(signal: AbortSignal): { ask: Ask; askSeveral: AskSeveral } {
  const context = { output: process.stderr, signal, clearPromptOnDone: false };
  return {
    ask: {
      text: (message) => answer((prompts) => prompts.input({ message }, context)),
      secret: (message) => answer((prompts) => prompts.password({ message, mask: '*', toggleMask: false }, context)),
      confirm: (message) => answer((prompts) => prompts.confirm({ message, default: false }, context)),
      choose: (message, choices) => answer((prompts) => prompts.select({ message, choices }, context)),
    },
    askSeveral: (message, choices) =>
      answer((prompts) => prompts.checkbox({ message, choices, pageSize: 15 }, context)),
  };
}

async function answer<T>(ask: (prompts: typeof import('@inquirer/prompts')) => Promise<T>): Promise<T> {
  const prompts = await import('@inquirer/prompts');
  try {
    return await ask(prompts);
  } catch (error) {
    const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : '';
    if (name !== 'ExitPromptError' && name !== 'AbortPromptError') throw error;
    throw new AppError('interrupted', 'interrupted; nothing was changed');
  }
}
