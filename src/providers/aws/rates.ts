import type { Rate } from '../../net/token-bucket.ts';

export type Service = 'sts' | 'organizations' | 'ec2' | 'cloudtrail';

/**
 * What AWS takes of one account and region: of EC2's calls that read, 100 and 20 a second from then on; of LookupEvents 2 a second.
 * Below it, for other programs read as well.
 */
const RATES: Readonly<Record<Service, Rate>> = {
  sts: { burst: 50, perSecond: 20 },
  organizations: { burst: 5, perSecond: 4 },
  ec2: { burst: 50, perSecond: 15 },
  cloudtrail: { burst: 2, perSecond: 2 },
};

export function rateOf(service: Service): Rate {
  return RATES[service];
}
