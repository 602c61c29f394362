// All that is used of the SDK. It is loaded where a bucket is opened (bucket.ts) and nowhere else: scripts/bundle.ts packs this
// file apart, so that no other command reads a megabyte of it.
export {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
export { loadConfig, loadSharedConfigFiles } from '@smithy/core/config';
