/** Below these widths the member list, then the room list, fold away. */
export const MEMBERS_FROM = 80;
const ROOMS_FROM = 50;
/** From this width of the middle on nicknames have a column of their own. */
const COLUMNS_FROM = 56;
/** The input grows to this share of the screen. */
const MAX_INPUT_SHARE = 3;
/** Rows that a question leaves: topic, status and one between them. It says what is asked for, or nobody can answer. */
const ROWS_BESIDE_PROMPT = 3;

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** 0: folded away. Borders are not counted. */
  readonly roomsWidth: number;
  readonly membersWidth: number;
  /** The middle. */
  readonly mainWidth: number;
  readonly nickWidth: number;
  /** Rows of the three panes. */
  readonly bodyHeight: number;
  readonly inputHeight: number;
}

/** Where everything goes: one row of topic, the panes, one row of status, the input. The lobby has no members. */
export function layoutFor(
  columns: number,
  rows: number,
  inputRows = 1,
  { hasMembers = true, isPrompt = false } = {},
): Layout {
  const most = isPrompt ? rows - ROWS_BESIDE_PROMPT : Math.floor(rows / MAX_INPUT_SHARE);
  const inputHeight = Math.max(1, Math.min(inputRows, most));
  const roomsWidth = columns < ROOMS_FROM ? 0 : columns < 120 ? 14 : 20;
  const membersWidth = !hasMembers || columns < MEMBERS_FROM ? 0 : columns < 120 ? 14 : 20;
  // A pane at the side costs its border and a column of air on the other side of it.
  const mainWidth =
    columns - (roomsWidth > 0 ? roomsWidth + 2 : 0) - (membersWidth > 0 ? membersWidth + 2 : 0);
  return {
    columns,
    rows,
    roomsWidth,
    membersWidth,
    mainWidth,
    nickWidth: mainWidth < COLUMNS_FROM ? 0 : mainWidth < 80 ? 10 : 14,
    bodyHeight: Math.max(1, rows - inputHeight - 2),
    inputHeight,
  };
}
