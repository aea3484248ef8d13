-- AlterTable
ALTER TABLE "guest_telemetry" ADD COLUMN     "lastReportAt" TIMESTAMPTZ(3);
