import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Row = Schemas['Row'];
export type Live = Schemas['Live'];
export type About = Schemas['About'];
export type Curve = Schemas['Curve'];
export type Rows = Schemas['Rows'];
export type Sample = Schemas['Sample'];
export type Kept = Schemas['Kept'];
export type Text = Schemas['Text'];
export type Asked = Schemas['Asked'];
export type Way = Schemas['Way'];
export type Plan = Schemas['Plan'];
export type Compared = Schemas['Compared'];
export type Axis = Curve['axis'];
export type Unit = Row['unit'];

/** States in which a process works on a run. */
export const ACTIVE = ['preparing', 'training', 'pausing', 'stopping'];

/** The topic of one run; the id stands in it as in an address. */
export const topic = (id: string) => `run:${encodeURIComponent(id)}`;

/** The address of its page. */
export const place = (id: string) => `/train/${encodeURIComponent(id)}`;
export type Expectation = Schemas['Expectation'];
export type Expected = Schemas['Expected'];
