// How the store lies on disk: a folder of partitions, each a SQLite file of what came in one stretch of time. An old
// one is deleted by unlinking it, which costs nothing, whatever is in it; deleting rows would cost as much as storing them.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Fields whose values are counted and can be listed; the index finds their records without looking into them. */
export const FACETS = ['host', 'program', 'severity', 'facility'] as const
export type Facet = (typeof FACETS)[number]

/**
 * The tables of a partition.
 *
 * - `records`: by key, which sorts them by the time of the event (see key.ts). `shift` is by how many milliseconds the
 *   key had to move away from that time. Facets are ids of `terms`, the first one where there are `several`. `body` is the record as JSON, whole.
 * - `ids`: what makes a repeat collapse.
 * - `words`: the index. It holds no text of its own (`content=''`), only which words stand where under which key: so
 *   a page, a range of time and a histogram come out of it without looking at any record.
 * - `terms`: the values of facets. Each is also a word of the index, TERM and its id.
 * - `seconds`, `minutes`: how many records there are, and how many of them are severe, for histograms of everything.
 * - `about`: one row, kept up to date in each transaction.
 */
export const SCHEMA = `
  CREATE TABLE records (
    key INTEGER PRIMARY KEY, shift INTEGER NOT NULL,
    host INTEGER, program INTEGER, severity INTEGER, facility INTEGER, several INTEGER,
    body TEXT NOT NULL
  );
  CREATE TABLE ids (id TEXT PRIMARY KEY, key INTEGER NOT NULL) WITHOUT ROWID;
  CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 1');
  INSERT INTO words(words, rank) VALUES ('automerge', 16);
  INSERT INTO words(words, rank) VALUES ('crisismerge', 32);
  CREATE TABLE terms (
    id INTEGER PRIMARY KEY, facet INTEGER NOT NULL, value TEXT NOT NULL, folded TEXT NOT NULL, count INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX terms_by_value ON terms (facet, value);
  CREATE INDEX terms_by_folded ON terms (facet, folded);
  CREATE TABLE seconds (second INTEGER PRIMARY KEY, records INTEGER NOT NULL, severe INTEGER NOT NULL);
  CREATE TABLE minutes (minute INTEGER PRIMARY KEY, records INTEGER NOT NULL, severe INTEGER NOT NULL);
  CREATE TABLE about (
    records INTEGER NOT NULL, firstKey INTEGER, lastKey INTEGER,
    firstReceived INTEGER, lastReceived INTEGER, unreceived INTEGER NOT NULL,
    created INTEGER NOT NULL, lastStored INTEGER NOT NULL
  );
`

/** Of a file of ours, in its header (`PRAGMA application_id`): "Slui". */
export const APPLICATION = 0x536c7569
/** `PRAGMA user_version` of the tables above. */
export const VERSION = 1

/** The row of `about`. Ranges are null as long as there is nothing. */
export interface About {
  records: number
  firstKey: number | null
  lastKey: number | null
  /** When its records were received, epoch milliseconds: a repeat of one of them was received in this range. */
  firstReceived: number | null
  lastReceived: number | null
  /** Records that do not say when they were received. */
  unreceived: number
  created: number
  /** When it was written to last: by our own clock, whatever senders say. */
  lastStored: number
}

// Characters of the private use area are letters to the tokenizer; texts have none of them (see textOf).
/** The word of a term, before its id. */
export const TERM = '\uE000'
/** A word that all records have. */
export const EVERY = '\uE001'

/** Stands for the values of a facet of one record that are too many. */
export const OVERFLOW = '\u{10FFFF}'

/** A longer value is cut for the list of terms, so whether it is the very one has to be looked up in the record. */
export const LONGEST_TERM = 200

/** The word by which the index knows the records with this term. */
export function termWord(id: number): string {
  return TERM + id.toString(36)
}

/** A file of the folder. */
export interface PartitionFile {
  number: number
  path: string
}

/** The partitions in the folder, oldest first. */
export function partitionsIn(folder: string): PartitionFile[] {
  return readdirSync(folder)
    .flatMap(name => (/^\d{8}\.sqlite$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b)
    .map(number => partitionFile(folder, number))
}

export function partitionFile(folder: string, number: number): PartitionFile {
  return { number, path: join(folder, `${String(number).padStart(8, '0')}.sqlite`) }
}

/** Bytes that a partition takes on the disk, with what is still in its log. */
export function bytesOf({ path }: PartitionFile): number {
  return sizeOf(path) + sizeOf(`${path}-wal`)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
