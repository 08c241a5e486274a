import { createContext } from 'react';

/** Whether links are told to the terminal, so that it can open them itself. */
export const LinkContext = createContext(false);
