import { StringDecoder } from 'node:string_decoder';
import { exitCodes } from '../shared/exit-codes.ts';
import { graphemes } from '../shared/text.ts';
import { ProgramError, type ProgramIo } from './program.ts';

type AskIo = Pick<ProgramIo, 'stdin' | 'stderr'>;

/** One line from the terminal, shown as dots; undefined when the person gives up. Throws `ProgramError` on Ctrl+C. */
export function askSecret(question: string, { stdin, stderr }: AskIo): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  // Before the question: whoever answers at once is not to see the answer on the screen.
  stdin.setRawMode(true);
  stdin.resume();
  stderr.write(`${question}: `);
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      stdin.off('data', take);
      stdin.off('end', gone);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const gone = (): void => end(() => resolve(undefined));
    const take = (data: Buffer | string): void => {
      const text = typeof data === 'string' ? data : decoder.write(data);
      for (const key of graphemes(text)) {
        if (/^[\r\n]/.test(key)) return end(() => resolve(typed.join('')));
        if (key === '\u0003')
          return end(() => reject(new ProgramError('interrupted', exitCodes.interrupted)));
        if (key === '\u0004' || key === '\u001b') return gone();
        if (key === '\u007f' || key === '\b') {
          if (typed.pop() !== undefined) stderr.write('\b \b');
        } else if (key === '\u0015') {
          stderr.write('\b \b'.repeat(typed.length));
          typed = [];
        } else if (!/^\p{Cc}/u.test(key)) {
          typed.push(key);
          stderr.write('•');
        }
      }
    };
    stdin.on('data', take);
    stdin.once('end', gone);
  });
}

/** Yes or no, from the terminal; the end of the input is no. */
export async function askYes(question: string, { stdin, stderr }: AskIo): Promise<boolean> {
  stderr.write(`${question} (y/n) `);
  stdin.resume();
  return new Promise((resolve) => {
    const end = (answer: string): void => {
      stdin.off('data', take);
      stdin.off('end', gone);
      stdin.pause();
      resolve(/^\s*y/i.test(answer));
    };
    const take = (data: Buffer | string): void => end(String(data));
    const gone = (): void => end('');
    stdin.once('data', take);
    stdin.once('end', gone);
  });
}
