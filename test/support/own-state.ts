import process from 'node:process';
import { folderOfFile } from './temporary-folder.ts';

// A state directory for each file of tests: those that run at the same moment find each other's unfinished restores otherwise.
process.env['XDG_STATE_HOME'] = await folderOfFile();
