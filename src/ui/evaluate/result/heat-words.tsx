import { methodNames } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import { MethodTerm } from '../../words/method-term';
import { Term } from '../../words/term';
import { farText, protocolTitle, type HeatFigure } from './heat';

/** A method by its title, which explains itself. */
export function TitledMethod({ title }: { title: string }) {
  const method = methodNames.find((name) => methodTitles[name] === title);
  return method ? <MethodTerm method={method} /> : title;
}

/** A protocol's title; what a template is explains itself. */
export function ProtocolWords({ name }: { name: string }) {
  const title = protocolTitle(name);
  const word = 'Templates';
  if (!title.startsWith(word)) return title;
  return (
    <>
      <Term name="template">{word}</Term>
      {title.slice(word.length)}
    </>
  );
}

/** What a figure says, for a person who has never heard of it. */
export const FigureMeaning = ({ figure }: { figure: HeatFigure }) => (
  <>
    <Meaning figure={figure} /> Below each: its <Term name="interval">95 % interval</Term>.
  </>
);

function Meaning({ figure: { name, far } }: { figure: HeatFigure }) {
  if (far !== null)
    return (
      <>
        The share of pairs of one person that is accepted (<Term name="tar">TAR</Term>), where no
        more than {farText(far)} of the pairs of two people is (<Term name="far">FAR</Term>).
      </>
    );
  if (name === 'accuracy') return 'The share of all pairs that is decided rightly.';
  return (
    <>
      How often a pair of one person scores above a pair of two (<Term name="auc">AUC</Term>).
    </>
  );
}
