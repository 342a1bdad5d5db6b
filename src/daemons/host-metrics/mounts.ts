/** Something that is mounted (proc_pid_mountinfo(5)). */
export interface Mount {
  path: string
  device: string
  fstype: string
  /** What the file system itself is. */
  mode: 'ro' | 'rw'
  /** Major and minor number: the same for all places where it is mounted. */
  number: string
  /** What of it is mounted there. */
  root: string
}

/** Those that can be seen: where one is mounted over another, the last one. */
export function parseMounts(mountinfo: string): Mount[] {
  const seen = new Map<string, Mount>()
  for (const line of mountinfo.split('\n')) {
    const [before, behind] = line.split(' - ', 2)
    const [, , number, root, path] = before!.split(' ')
    const [fstype, device, options] = behind?.split(' ') ?? []
    if (path === undefined || options === undefined) continue
    const mode = options.split(',').includes('ro') ? 'ro' : 'rw'
    const mount = {
      path: plain(path),
      device: plain(device!),
      fstype: fstype!,
      mode,
      number: number!,
      root: plain(root!),
    } as const
    seen.delete(mount.path)
    seen.set(mount.path, mount)
  }
  return [...seen.values()]
}

/** Those on the way to it: whoever asks it has to walk through them. */
export function mountsAbove({ path }: Mount, all: readonly Mount[]): Mount[] {
  return all.filter(other => other.path !== path && path.startsWith(other.path.replace(/\/?$/, '/')))
}

/** `\040` to a space. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** Nothing is stored in them, but for what is in memory anyway, or is read-only by nature. */
const NO_DISK = new Set([
  ...[
    'proc',
    'sysfs',
    'devtmpfs',
    'devpts',
    'tmpfs',
    'ramfs',
    'cgroup',
    'cgroup2',
    'securityfs',
    'selinuxfs',
    'pstore',
  ],
  ...[
    'bpf',
    'debugfs',
    'tracefs',
    'configfs',
    'fusectl',
    'hugetlbfs',
    'mqueue',
    'binfmt_misc',
    'efivarfs',
    'nsfs',
  ],
  ...[
    'rpc_pipefs',
    'nfsd',
    'autofs',
    'squashfs',
    'erofs',
    'iso9660',
    'udf',
    'overlay',
    'aufs',
    'fuse.lxcfs',
    'fuse.gvfsd-fuse',
  ],
  ...['fuse.portal', 'fuse.snapfuse'],
])

/** Those of which a container has a few files only. */
const FILES = new Set(['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'])

/** Each file system with a disk, or another host, behind it, once. The root of a container counts. */
export function usualMounts(mounts: readonly Mount[]): Mount[] {
  const real = mounts.filter(
    ({ path, device, fstype }) =>
      path === '/' || (!NO_DISK.has(fstype) && !device.startsWith('/dev/loop') && !FILES.has(path)),
  )
  const best = new Map<string, Mount>()
  for (const mount of real) {
    const known = best.get(mount.number)
    if (!known || rank(mount) < rank(known)) best.set(mount.number, mount)
  }
  return real.filter(mount => best.get(mount.number) === mount)
}

/** The place of all of it before those of parts, the shorter path before the longer. */
function rank({ root, path }: Mount): number {
  return (root === '/' ? 0 : 1e6) + path.length
}

/** Whether /proc shows a user his own processes alone (proc(5), hidepid): not with `noaccess`, where they are there to be counted. */
export function areOthersHidden(mountinfo: string): boolean {
  const line = mountinfo.split('\n').findLast(line => / \/proc .* - proc /.test(line)) ?? ''
  return /[ ,]hidepid=(?:invisible|ptraceable|[24])/.test(line)
}
