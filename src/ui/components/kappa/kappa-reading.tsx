import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import { kappaText, percentileMark, surerThanText } from './kappa-words';

interface KappaReadingProps {
  /** null if the picture was read without a head. */
  readonly kappa: number | null;
  /** Of the head and the policy that the picture was read with; null if the head has none. */
  readonly profile: KappaProfile | null;
}

/** κ and its percentile on one short line: "κ 1,536 · p81". */
export function CompactKappa({ kappa, profile }: KappaReadingProps) {
  return (
    <>
      κ {kappaText(kappa)}
      <PercentileMark kappa={kappa} profile={profile} />
    </>
  );
}

/** " · p81" after a κ; nothing without a profile. */
export function PercentileMark({ kappa, profile }: KappaReadingProps) {
  if (kappa === null || !profile) return null;
  const percentile = kappaPercentile(kappa, profile);
  return (
    <>
      {' · '}
      <abbr title={surerThanText(percentile)} style={{ textDecoration: 'none' }}>
        {percentileMark(percentile)}
      </abbr>
    </>
  );
}
