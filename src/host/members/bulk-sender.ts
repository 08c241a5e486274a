import type { Clock } from '../../link/clock.ts';
import { KIB } from '../../shared/limits.ts';
import { encodeRoomMessage, type HostMessage } from '../../shared/room/messages.ts';
import type { Conversation } from '../lines/conversation.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from '../room/token-bucket.ts';

/** Answers with pages that one member may wait for. */
export const MAX_JOBS_PER_MEMBER = 4;
/** Bytes a member gets at once; a relay queues no more than 256 KiB for it. */
const MEMBER_BURST = 160 * KIB;
const memberPolicy: BucketPolicy = { rate: 512 * KIB, burst: MEMBER_BURST };
/** Pages wait while more than this has not left the host: chat comes first. */
const BUSY_BYTES = 256 * KIB;
const BUSY_WAIT_MS = 50;

interface Job {
  readonly conversation: Conversation;
  readonly messages: Iterator<HostMessage, void>;
  next: Waiting | undefined;
  bucket: Bucket;
}

/** Measured once: many wait for long, and each step looks at all of them. */
interface Waiting {
  readonly message: HostMessage;
  readonly bytes: number;
}

export interface BulkSenderOptions {
  readonly clock: Clock;
  /** What the slowest relay lets the host send. */
  readonly bytesPerSecond: () => number;
}

/** Sends pages in turns and at a pace that neither the relay nor a member's queue there objects to. */
export class BulkSender {
  readonly #options: BulkSenderOptions;
  #jobs: Job[] = [];
  #total: Bucket;
  #cancelTimer: (() => void) | undefined;

  constructor(options: BulkSenderOptions) {
    this.#options = options;
    this.#total = fullBucket(this.#policy(), options.clock.now());
  }

  /** Sends at once what the pace allows. False when this member waits for too many already. */
  add(conversation: Conversation, messages: Iterator<HostMessage, void>): boolean {
    const own = this.#jobs.filter((job) => job.conversation === conversation).length;
    if (own >= MAX_JOBS_PER_MEMBER) return false;
    const bucket = fullBucket(memberPolicy, this.#options.clock.now());
    this.#jobs.push({ conversation, messages, next: advance(messages), bucket });
    this.#pump();
    return true;
  }

  close(): void {
    this.#cancelTimer?.();
    this.#jobs = [];
  }

  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    let wait = 0;
    while (this.#jobs.length > 0 && wait === 0) {
      const waits = this.#jobs.map((job) => this.#step(job));
      this.#jobs = this.#jobs.filter((job) => job.next && job.conversation.isOpen);
      wait = waits.reduce((a, b) => Math.min(a, b));
    }
    if (this.#jobs.length > 0) this.#cancelTimer = this.#options.clock.after(wait, () => this.#pump());
  }

  /** Sends one message of the job; returns 0, or the ms to wait. */
  #step(job: Job): number {
    if (!job.next || !job.conversation.isOpen) return 0;
    if (job.conversation.buffered > BUSY_BYTES) return BUSY_WAIT_MS;
    const now = this.#options.clock.now();
    const { message, bytes: cost } = job.next;
    const wait = Math.max(
      waitFor(this.#total, this.#policy(), now, cost),
      waitFor(job.bucket, memberPolicy, now, cost),
    );
    if (wait > 0) return wait;
    this.#total = takeTokens(this.#total, this.#policy(), now, cost);
    job.bucket = takeTokens(job.bucket, memberPolicy, now, cost);
    job.conversation.send(message);
    job.next = advance(job.messages);
    return 0;
  }

  #policy(): BucketPolicy {
    const rate = 0.75 * this.#options.bytesPerSecond();
    return { rate, burst: Math.max(rate, MEMBER_BURST) };
  }
}

function advance(messages: Iterator<HostMessage, void>): Waiting | undefined {
  const step = messages.next();
  if (step.done === true) return undefined;
  return { message: step.value, bytes: encodeRoomMessage(step.value).length };
}
