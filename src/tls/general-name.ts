import { DerError, type DerReader, Tag } from './der.js';
import { readName } from './name.js';

/**
 * Reads GeneralNames (RFC 5280, 4.2.1.6) whose contents the reader stands in. OpenSSL takes a certificate with a malformed
 * one as invalid as a whole, so the grammar is checked here, though of all the names only the first directory name
 * is of use to the path: it is what an authority key identifier names an issuer by.
 *
 * @returns the first directoryName in its canonical form, or null
 */
export function readGeneralNames(names: DerReader): string | null {
  let directoryName: string | null = null;
  while (names.more) {
    const found = readGeneralName(names);
    directoryName ??= found;
  }
  return directoryName;
}

function readGeneralName(names: DerReader): string | null {
  const element = names.next();
  switch (element.tag) {
    case 0x81: // rfc822Name
    case 0x82: // dNSName
    case 0x86: // uniformResourceIdentifier
    case 0x87: // iPAddress
      return null;
    case 0x88: // registeredID
      names.objectIdentifier(element);
      return null;
    case 0xa0: {
      const other = names.inside(element);
      other.objectIdentifier(other.read(Tag.objectIdentifier));
      other.enter(0xa0).next();
      other.end();
      return null;
    }
    case 0xa4: {
      const explicit = names.inside(element);
      const name = readName(explicit);
      explicit.end();
      return name;
    }
    default:
      // x400Address and ediPartyName: nobody uses them, so reading them would be code that nothing tests.
      throw new DerError(`a GeneralName of the kind 0x${element.tag.toString(16)}`, element.start);
  }
}
