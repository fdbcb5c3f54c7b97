/** Names the folder of the one server of a test run; made by the run, see globalSetup.ts. */
export const FOLDER = 'POSTBACK_TEST_POSTGRES';
