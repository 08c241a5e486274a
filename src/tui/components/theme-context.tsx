import { createContext } from 'react';
import { themeFor, type Theme } from '../theme/theme.ts';

export const ThemeContext = createContext<Theme>(themeFor('dark', 4));
