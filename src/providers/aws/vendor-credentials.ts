/** The vendor's library, in a file of its own: in the bundle, what is imported late has no names of CommonJS. */
export {
  fromEnv,
  fromHttp,
  fromIni,
  fromInstanceMetadata,
  fromNodeProviderChain,
  fromTokenFile,
} from '@aws-sdk/credential-providers';
