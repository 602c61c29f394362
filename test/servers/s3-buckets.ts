import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Removes a bucket with its objects and unfinished uploads. Objects go one by one: a list cannot name every key. */
export async function removeBucket(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }));
    const { Contents: objects = [] } = page;
    if (objects.length === 0) break;
    const decode = (key: string) =>
      page.EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', '%20')) : key;
    for (let start = 0; start < objects.length; start += 16) {
      await Promise.all(
        objects
          .slice(start, start + 16)
          .map(({ Key = '' }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: decode(Key) }))),
      );
    }
  }
  for (;;) {
    const { Uploads: uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    if (uploads.length === 0) break;
    for (const { Key, UploadId } of uploads) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  }
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
}
