import type { Manifest } from '../manifest.ts';
import { VSPHERE } from './soap/server-words.ts';

/** VMware vCenter, or a single ESXi host. */
export const vsphere: Manifest = {
  kind: 'vsphere',
  server: VSPHERE,
  address: {
    example: 'https://vcenter.example.com',
    question: 'Address of vCenter or of an ESXi host (vcenter.example.com)',
    variables: ['VSPHERE_SERVER'],
    pages: ['/sdk', '/sdk/vimService', '/ui', '/mob'],
    isMany: false,
  },
  variables: ['VSPHERE_USER', 'VSPHERE_PASSWORD'],
  logins: [
    {
      kind: 'password',
      id: {
        flag: '--user',
        help: 'user@domain, or root of an ESXi host',
        variable: 'VSPHERE_USER',
        question: 'User (user@vsphere.local, or root of an ESXi host)',
        pattern: /^[^\s\p{Cc}][^\p{Cc}]{0,254}$/u,
        refusal: { what: '--user is not the name of a user', fix: 'write it as user@vsphere.local, or root' },
        asked: { message: 'that is not the name of a user', hint: 'write it as user@vsphere.local, or root' },
      },
      secrets: [{ flag: '--password', help: 'reference to the password', variable: 'VSPHERE_PASSWORD' }],
    },
  ],
};
