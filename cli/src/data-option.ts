import { Option } from 'commander';

/** The data folder of the community to operate. `npm start` must not run on it. */
export function dataOption(): Option {
  return new Option('-d, --data <folder>', 'data folder of the community; nothing else may be running on it').default(
    '.starling',
  );
}
