export type * from './figures';
export { dashboardPage } from './page';
export { barsOf, readQuery, textOf, type DashboardQuery } from './query';
export { HIDDEN, hideHeader, hideUrl, showBody } from './privacy';
export { FORM_MS, problemOf, signForm, type FormAction, type TokenProblem } from './formToken';
