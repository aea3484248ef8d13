import { describe, expect, it } from '@jest/globals';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { databaseError } from '../../src/repositories/db/database-errors.ts';
import { AppError } from '../../src/types/errors.ts';

function coded(code: string, message = ''): Error {
  return Object.assign(new Error(message), { code });
}

describe('databaseError', () => {
  it.each([
    ['SQLITE_IOERR_WRITE', 'disk I/O error', 'The database DB cannot be read or written (disk I/O error)', false],
    ['SQLITE_BUSY_SNAPSHOT', 'x', 'The database DB is locked by another process', true],
    ['SQLITE_READONLY_DBMOVED', 'x', 'The database DB cannot be written: the file or its folder is read-only', false],
    ['EROFS', 'x', 'The database DB cannot be opened or made: its folder is read-only for this user', false],
    ['ENOSPC', 'x', 'The database DB cannot be made: the disk is full', true],
    ['3D000', 'database "x" does not exist', 'The database DB does not exist (database "x" does not exist)', false],
    [
      '28P01',
      'password authentication failed for user "me"',
      'The database DB refused the login (password authentication failed for user "me")',
      false,
    ],
    ['57P01', 'terminating connection', 'The database DB does not answer (terminating connection)', true],
    ['ECONNREFUSED', '', 'The database DB does not answer', true],
    ['54000', 'index row', 'The database DB cannot index a text this long (index row)', false],
    ['53100', 'no space', 'The database DB cannot grow: the disk is full (no space)', true],
  ])('explains %s', (code, text, message, retryable) => {
    const error = databaseError('DB', coded(code, text));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'database', message, retryable, hint: expect.stringMatching(/./) });
  });

  it("explains what a driver says without a code, and pg's own words", () => {
    const closed = new DriverAdapterError({
      kind: 'TlsConnectionError',
      reason: 'x',
      originalMessage: 'self-signed certificate',
    });
    expect(databaseError('DB', closed)).toMatchObject({
      message: 'The database DB gives no trusted TLS connection (self-signed certificate)',
    });
    expect(
      databaseError('DB', new DriverAdapterError({ kind: 'TlsConnectionError', reason: 'expired' })),
    ).toMatchObject({
      message: 'The database DB gives no trusted TLS connection (expired)',
    });
    expect(databaseError('DB', coded('ERR_TLS_CERT_ALTNAME_INVALID', 'another name'))).toMatchObject({
      message: 'The database DB gives no trusted TLS connection (another name)',
    });
    expect(databaseError('DB', coded('08P01', 'unsupported startup parameter: x'))).toMatchObject({
      message: expect.stringMatching(/^The database DB is behind a pooler/),
      hint: expect.stringMatching(/ignore_startup_parameters/),
    });
    expect(databaseError('DB', new DriverAdapterError({ kind: 'ConnectionClosed' }))).toMatchObject({
      message: 'The database DB does not answer',
    });
    expect(databaseError('DB', new Error('timeout exceeded when trying to connect'))).toMatchObject({
      code: 'database',
      retryable: true,
    });
  });

  it('leaves every other error as it is', () => {
    const own = new AppError('locked', 'x');
    const bug = new TypeError('x is not a function');
    const duplicate = new DriverAdapterError({ kind: 'UniqueConstraintViolation' });
    for (const error of [own, bug, duplicate, coded('ERR_X'), 'text', null])
      expect(databaseError('DB', error)).toBe(error);
  });
});

describe('openDatabase on a PostgreSQL that is not there', () => {
  it('says so, without the password', async () => {
    const error = await openDatabase('postgresql://me:hunter2@127.0.0.1:1/inventory').catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'database',
      message: expect.stringContaining('The database postgresql://me@127.0.0.1:1/inventory does not answer'),
      retryable: true,
    });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  it('says when a certificate that the URL names is missing', async () => {
    const url = 'postgresql://me:hunter2@127.0.0.1:1/inventory?sslmode=verify-full&sslrootcert=/no/such/ca.pem';
    await expect(openDatabase(url)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(/a file is missing \(ENOENT.*ca\.pem/),
    });
  });
});
