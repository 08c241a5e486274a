import { createContext } from 'react';
import { themes, type Theme } from '../theme.ts';

export const ThemeContext = createContext<Theme>(themes.dark);
