export { hasScope, mayGrant } from '@portcullis/contracts';
