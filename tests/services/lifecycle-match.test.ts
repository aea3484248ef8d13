import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findPlatformRelease } from '../../src/services/lifecycle/find-release.ts';
import { PRODUCTS } from '../../src/services/lifecycle/lifecycle-data.ts';
import { matchConfigured } from '../../src/services/lifecycle/match-configured.ts';
import { matchImage } from '../../src/services/lifecycle/match-image.ts';
import { type MatchableGuest, matchRelease } from '../../src/services/lifecycle/match-release.ts';
import { matchSystem } from '../../src/services/lifecycle/match-system.ts';
import type { ProductRelease } from '../../src/services/lifecycle/product.ts';

function idOf(found: ProductRelease | null): string | null {
  return found && `${found.product.id}/${found.release.version}`;
}

const NOTHING: MatchableGuest = { os: null, osType: null, isTemplate: false, name: null, document: {} };

describe('what a system says of itself', () => {
  it.each([
    ['Debian GNU/Linux 12 (bookworm)', '12', 'debian/12'],
    ['Debian GNU/Linux 10 (buster)', null, 'debian/10'],
    ['Debian GNU/Linux trixie/sid', null, null],
    ['Raspbian GNU/Linux 11 (bullseye)', '11', null],
    ['Ubuntu 22.04.5 LTS', '22.04', 'ubuntu/22.04'],
    ['Ubuntu 20.04.6 LTS', null, 'ubuntu/20.04'],
    ['Ubuntu Core 22', '22', null],
    ['Red Hat Enterprise Linux 8.10 (Ootpa)', '8.10', 'rhel/8'],
    ['Red Hat Enterprise Linux Server release 6.10 (Santiago)', null, 'rhel/6'],
    ['Rocky Linux 9.3 (Blue Onyx)', '9.3', 'rocky/9'],
    ['AlmaLinux 8.10 (Cerulean Leopard)', '8.10', 'almalinux/8'],
    ['CentOS Linux 7 (Core)', '7', 'centos-linux/7'],
    ['CentOS Stream 8', '8', 'centos-stream/8'],
    ['CentOS release 6.10 (Final)', null, 'centos-linux/6'],
    ['Oracle Linux Server 7.9', '7.9', 'oracle-linux/7'],
    ['Amazon Linux 2', '2', 'amazon-linux/2'],
    ['Fedora Linux 39 (Server Edition)', '39', 'fedora/39'],
    ['openSUSE Leap 15.5', '15.5', 'opensuse-leap/15.5'],
    ['openSUSE Tumbleweed', '20261120', null],
    ['SUSE Linux Enterprise Server 12 SP5', '12.5', 'sles/12.5'],
    ['Alpine Linux v3.18', '3.18.4', 'alpine/3.18'],
    ['Alpine Linux v3.19', null, 'alpine/3.19'],
    ['Alpine Linux edge', '3.21.0_alpha20240606', null],
    ['FreeBSD 14.1-RELEASE', '14.1', 'freebsd/14.1'],
    ['FreeBSD 13.5-RELEASE', '13.5', 'freebsd/13'],
    ['Arch Linux', null, null],
    ['Windows Server 2012 R2 Standard', '2012r2', 'windows-server/2012r2'],
    ['Windows Server 2012 R2 Standard', null, 'windows-server/2012r2'],
    ['Windows Server 2019 Datacenter', '2019', 'windows-server/2019'],
    ['Microsoft Windows 10 Pro', null, 'windows/10'],
    // The registry of Windows 11 says 10; the version is right.
    ['Windows 10 Pro', '11', 'windows/11'],
    ['Windows 10 Enterprise LTSC 2021', '10', 'windows/10 ltsc 2021'],
    ['Windows 10 Enterprise 2016 LTSB', '10', 'windows/10 ltsc 2016'],
    ['Windows 10 Enterprise LTSC', '10', null],
    ['Windows 10 IoT Enterprise LTSC 2021', '10', null],
    // Nothing is read beyond the first 200 characters.
    [`${'Windows 10 Enterprise'.padEnd(200)} LTSC 2021`, '10', 'windows/10'],
    ['Windows 7 Professional', 'N/A', null],
    ['TempleOS', '5.03', null],
    ['', '', null],
  ])('%s, version %s: %s', (name, version, id) => {
    expect(idOf(matchSystem({ name, version }))).toBe(id);
  });
});

describe('what a configuration says', () => {
  it.each([
    ['l26', null],
    ['debian', null],
    ['unmanaged', null],
    ['other', null],
    ['win10', null],
    ['win11', null],
    ['win8', 'windows-type/8'],
    ['w2k3', 'windows-server/2003'],
    ['debian11_64Guest', 'debian/11'],
    ['debian8Guest', 'debian/8'],
    ['rhel7_64Guest', 'rhel/7'],
    ['centos7_64Guest', 'centos-linux/7'],
    ['centos8_64Guest', 'centos-stream/8 or linux'],
    ['centos64Guest', null],
    ['ubuntu64Guest', null],
    ['freebsd13_64Guest', 'freebsd/13'],
    ['oracleLinux7_64Guest', 'oracle-linux/7'],
    ['windows9Server64Guest', 'windows-server/2016'],
    ['windows2019srvNext_64Guest', 'windows-server/2022'],
    ['otherLinux64Guest', null],
    ['constructor', null],
  ])('%s: %s', (osType, id) => {
    expect(idOf(matchConfigured(osType))).toBe(id);
  });
});

describe('what the name of an image says', () => {
  it.each([
    ['local:iso/debian-11.7.0-amd64-netinst.iso', 'l26', 'debian/11'],
    ['debian-12-standard_12.2-1_amd64.tar.zst', null, 'debian/12'],
    ['debian12-cloud', 'l26', 'debian/12'],
    ['tmpl-debian-bullseye', 'l26', 'debian/11'],
    ['buster', 'l26', null],
    ['debian-mirror-11', 'l26', null],
    ['debian-9000', 'l26', null],
    ['ubuntu-22.04.3-live-server-amd64.iso', 'l26', 'ubuntu/22.04'],
    ['ubuntu-2004-cloudinit', 'l26', 'ubuntu/20.04'],
    ['ubuntu2204-template', 'l26', 'ubuntu/22.04'],
    ['jammy-server-cloudimg-amd64.img', 'l26', 'ubuntu/22.04'],
    ['Rocky-9.3-x86_64-minimal.iso', 'l26', 'rocky/9'],
    ['CentOS-7-x86_64-Minimal-2009.iso', 'l26', 'centos-linux/7'],
    ['CentOS-Stream-9-latest-x86_64-dvd1.iso', 'l26', 'centos-stream/9'],
    ['OracleLinux-R8-U8-x86_64-dvd.iso', 'l26', 'oracle-linux/8'],
    ['alpine-standard-3.18.4-x86_64.iso', 'l26', 'alpine/3.18'],
    ['Fedora-Server-dvd-x86_64-39-1.5.iso', 'l26', null],
    ['FreeBSD-13.2-RELEASE-amd64-disc1.iso', 'other', 'freebsd/13.2'],
    ['FreeBSD-13.2-RELEASE-amd64-disc1.iso', 'l26', null],
    ['en_windows_server_2016_x64_dvd.iso', 'win10', 'windows-server/2016'],
    ['win2012r2-template', 'win8', 'windows-server/2012r2'],
    ['win10-template', 'win10', 'windows/10'],
    ['Win10_LTSC_2021.iso', 'win10', null],
    ['virtio-win-0.1.240.iso', 'win10', null],
    ['ubuntu-22.04-live-server-amd64.iso', 'win10', null],
    ['win10.iso', 'l26', null],
    ['centos7-to-rocky8', 'l26', null],
    ['ubuntu-22.04-template', 'debian', null],
    ['rocky-9-template', 'centos', 'rocky/9'],
  ])('%s of type %s: %s', (name, osType, id) => {
    expect(idOf(matchImage(name, osType))).toBe(id);
  });
});

describe('a guest', () => {
  const template = { ...NOTHING, isTemplate: true, name: 'debian-10-template', osType: 'l26' };

  it('is what its system says, whatever else says otherwise', () => {
    const os = { name: 'Debian GNU/Linux 12 (bookworm)', version: '12' };
    const match = matchRelease({ ...template, os, osType: 'debian8_64Guest' });
    expect([idOf(match), match?.basis]).toEqual(['debian/12', 'agent']);
  });

  it('is unknown when its system says what is not known', () => {
    expect(matchRelease({ ...template, os: { name: 'TempleOS', version: null } })).toBeNull();
  });

  it('is what its type says, before the name of an image', () => {
    const match = matchRelease({ ...template, osType: 'debian11_64Guest' });
    expect([idOf(match), match?.basis]).toEqual(['debian/11', 'config']);
  });

  it('is what the name of a template says; that of another guest says nothing', () => {
    const match = matchRelease(template);
    expect([idOf(match), match?.basis]).toEqual(['debian/10', 'image']);
    expect(matchRelease({ ...template, isTemplate: false })).toBeNull();
  });

  it('is what the image in its drive says, and nothing when two images differ', () => {
    const one = { 'ide2.file': 'local:iso/debian-11.7.0-amd64-netinst.iso', 'ide2.media': 'cdrom' };
    const two = { 'ide3.file': 'local:iso/ubuntu-22.04-live-server-amd64.iso', 'ide3.media': 'cdrom' };
    const disk = { 'scsi0.file': 'local:100/debian-10.qcow2' };
    expect(idOf(matchRelease({ ...NOTHING, osType: 'l26', document: { ...one, ...disk } }))).toBe('debian/11');
    expect(matchRelease({ ...NOTHING, osType: 'l26', document: { ...one, ...two } })).toBeNull();
    expect(matchRelease({ ...NOTHING, osType: 'l26', document: disk })).toBeNull();
  });
});

it.each([
  ['proxmox', '8.4.21', 'proxmox-ve/8'],
  ['proxmox', '9.2', 'proxmox-ve/9'],
  ['vsphere', '7.0.3', 'esxi/7.0'],
  ['vsphere', '8.0.2', 'esxi/8.0'],
  ['proxmox', 'unknown', null],
  ['another', '8.4', null],
])('a node of %s, version %s: %s', (kind, version, id) => {
  expect(idOf(findPlatformRelease(kind, version))).toBe(id);
});

describe('any text', () => {
  const named = PRODUCTS.flatMap((product) =>
    product.names.flatMap((name) =>
      product.releases.filter(({ version }) => !version.includes(' ')).map((release) => ({ name, product, release })),
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom('debian', 'ubuntu', 'windows', 'server', ' ', '-', '.', '1', '22', '04', '64Guest', 'r2', '\0'),
      )
      .map((parts) => parts.join('')),
  );

  it('of a system with a version in the data is that release, with anything behind it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...named), fc.string(), ({ name, product, release }, rest) => {
        fc.pre(!/lts[cb]/i.test(rest));
        const found = matchSystem({ name: `${name.toUpperCase()} ${rest}`, version: release.version });
        expect(idOf(found)).toBe(`${product.id}/${release.version}`);
      }),
      { examples: named.map((one) => [one, '(codename)']) },
    );
  });

  it('before the name of a system makes it another one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...named), fc.constantFrom('x', 'not-', 'ex '), ({ name, release }, prefix) => {
        expect(matchSystem({ name: `${prefix}${name} ${release.version}`, version: release.version })).toBeNull();
      }),
    );
  });

  it('is matched by its first characters alone, so that its length costs nothing', () => {
    fc.assert(
      fc.property(text, fc.string({ minLength: 1 }), (start, rest) => {
        const name = start.padEnd(200, '~').slice(0, 200);
        expect(matchSystem({ name: name + rest.repeat(50), version: null })).toEqual(
          matchSystem({ name, version: null }),
        );
      }),
    );
  });

  it('gives a release of the data or none, and never an error', () => {
    fc.assert(
      fc.property(text, text, text, fc.boolean(), (name, version, osType, isTemplate) => {
        const document = { 'ide2.file': name, 'ide2.media': 'cdrom' };
        const os = { name, version };
        for (const guest of [
          { ...NOTHING, os },
          { ...NOTHING, osType },
          { ...NOTHING, osType, isTemplate, name, document },
        ]) {
          const match = matchRelease(guest);
          if (match) expect(match.product.releases).toContain(match.release);
        }
      }),
    );
  });
});
