import { equalBytes } from '../../shared/bytes.ts';
import { MAX_BACKLOG_EVENTS } from '../../shared/limits.ts';
import type { Resume } from '../../shared/room/handshake.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';

export interface ResumeFacts {
  readonly log: Uint8Array;
  /** The last seq the member is to be sent. */
  readonly seq: number;
  /** The first seq the member may read and the store still has. */
  readonly floor: number;
  /** h_seq; undefined when it was trimmed away or never was. */
  readonly hashAt: (seq: number) => Uint8Array | undefined;
}

/** Events `from`..`to` are sent; none when `from` > `to`. */
export interface ResumePlan {
  readonly resume: HostMessageOf<'welcome'>['resume'];
  readonly from: number;
  readonly to: number;
}

/** What becomes of a member's own copy of the log, and what it is sent. */
export function planResume(resume: Resume | undefined, facts: ResumeFacts): ResumePlan {
  const anew = { from: Math.max(facts.floor, facts.seq - MAX_BACKLOG_EVENTS + 1), to: facts.seq };
  if (!resume) return { resume: 'fresh', ...anew };
  if (!equalBytes(resume.log, facts.log)) return { resume: 'new-log', ...anew };
  if (resume.seq > facts.seq) return { resume: 'diverged', ...anew };
  if (resume.seq + 1 < facts.floor) return { resume: resume.seq === 0 ? 'fresh' : 'trimmed', ...anew };
  const hash = facts.hashAt(resume.seq);
  if (!hash || !equalBytes(hash, resume.hash)) return { resume: 'diverged', ...anew };
  return { resume: 'pages', from: resume.seq + 1, to: facts.seq };
}
