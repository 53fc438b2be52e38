// A long table that goes on when one asks for more: its rows come in pages from the server.
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { t } from '../strings';

interface Props<Page, Row> {
  asked: UseInfiniteQueryResult<InfiniteData<Page>, Error>;
  rowsOf: (page: Page) => Row[];
  heads: readonly string[];
  /** What stands there instead of no rows. */
  none: string;
  /** A row of the table, with its key. */
  children: (row: Row) => ReactNode;
}

export function Ledger<Page, Row>({ asked, rowsOf, heads, none, children }: Props<Page, Row>) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const rows = data?.pages.flatMap(rowsOf) ?? [];
  return (
    <>
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      {!data && !error && <p className="page-waiting quiet">{t.loading}</p>}
      {data && rows.length === 0 && <p className="none-found">{none}</p>}
      {rows.length > 0 && (
        <div className="sheet">
          <table className="table">
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{rows.map(children)}</tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <p className="more">
          <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t.more}
          </button>
        </p>
      )}
    </>
  );
}
